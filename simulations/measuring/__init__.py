"""A batch of customers to small sums, and the batches of a population put together."""
