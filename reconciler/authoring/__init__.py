"""Files that the tool writes or edits for people: imports, and live edits pulled back.

Comments, order and quoting that people wrote are kept. No network.
"""
