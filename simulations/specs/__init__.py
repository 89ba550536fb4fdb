"""What to simulate, as people write it: the population, the candidates, the assumptions, the gates."""
