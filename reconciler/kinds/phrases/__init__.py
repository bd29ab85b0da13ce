"""What is said of a change of each field: one module for a kind and a language. Data."""
