"""Scalar functions by family; every module here is loaded by the registry."""
