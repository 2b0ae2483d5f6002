"""Jobs on real processes that are hurt, stopped and moved, and lose nothing by it."""
