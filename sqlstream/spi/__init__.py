"""What plugins implement: connectors, formats, catalogs."""
