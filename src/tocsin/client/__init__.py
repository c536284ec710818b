"""The API from Python, typed: `from tocsin.client.client import Client`."""
