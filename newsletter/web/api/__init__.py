"""The JSON API, version 1: what programs may read and change."""
