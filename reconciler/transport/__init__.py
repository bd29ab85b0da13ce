"""Requests to the API: connections, limits, retries, and clients that read or write.

The only package that connects to the API's network address.
"""
