"""What has changed in the tables from version to version, run by alembic."""
