"""What is known of the API: the field tables, the two shapes, and the one HTTP client.

Only ``api.client`` may talk to the network. Facts about the API stand in the tables and nowhere
else: a fact that is learnt is a row that changes.
"""
