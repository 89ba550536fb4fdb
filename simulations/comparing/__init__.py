"""What sums say: differences, how sure they are, who wins and loses, which edit did it."""
