"""The statements, by family; every module here registers its handlers when it is imported."""
