"""Names and types: from syntax trees to typed logical plans."""
