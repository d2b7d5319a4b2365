"""The website: pages, forms and the health check."""
