"""From a plan, an audit or outcomes to what people and machines read. Pure.

======================  ====================================================================
makes a ``sheet``       ``plans``, ``audits``, ``results``, ``failures``; out of ``rows``, and
                        ``fleet`` takes out what many agents share
compares a text         ``paragraphs``, ``matching``, ``words``, ``prose``
makes text harmless     ``safe``, ``bidi``
tells in sentences      ``sentences``
prints a sheet          ``terminal``, ``markdown``, ``page`` (HTML), ``junit``; ``phrases`` are
                        the words that they share
prints for machines     ``data`` (JSON), ``sarif``
smaller things          ``pulls``, ``imports``, ``pasts``
======================  ====================================================================

Whatever a person gets to see is redacted and made harmless once, on its way into a sheet.
Printers do not import each other.
"""
