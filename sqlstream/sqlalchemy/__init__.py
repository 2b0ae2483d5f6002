"""SQLAlchemy 2 dialect for SQL gateways: ``sqlstream://host:8083/catalog/database``.

Needs the extra ``sqlstream[sqlalchemy]``. SQLAlchemy finds the dialect by its entry point; nothing need be imported.
"""
