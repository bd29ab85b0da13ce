"""From a plan or outcomes to what people and machines read.

``rows`` turns a plan into redacted rows once; every printer walks those. Printers do not import
each other.
"""
