"""Putting decisions into words: values, conditions and answers as people of one language say them."""
