"""Files that the tool writes or edits for people: imported agents, and live edits taken back.

Comments, order and quoting of what a person wrote are kept. No network.
"""
