"""The main example: a year of real flights as a stream, aggregated per carrier and day."""
