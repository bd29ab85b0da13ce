"""Requests to the API: connections, bounds, retries, and clients that read or write.

The only package that talks to the API's network address.
"""
