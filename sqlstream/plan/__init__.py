"""From syntax tree to JobGraph: binder, logical plan, rules, changelog inference, physical plan, EXPLAIN."""
