"""How fast sqlstream is: ``make bench`` runs all of it. Nothing here is asserted on."""
