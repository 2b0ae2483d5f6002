"""The JobManager's REST API and page."""
