"""Turn a plan, an audit or outcomes into reports for people and machines. Pure.

======================  ====================================================================
makes a ``sheet``       ``plans``, ``audits``, ``results``, ``error_report``; from ``rows``;
                        ``dedupe`` takes out what many agents share
compares a text         ``text.matching``, ``words``, ``prose``
makes text harmless     ``sanitize``, ``bidi``
describes in sentences  ``sentences``
prints a sheet          ``terminal``, ``markdown``, ``page`` (HTML), ``junit``; ``labels`` are
                        the words that they share
prints for machines     ``data`` (JSON), ``sarif``
smaller reports         ``pulls``, ``imports``, ``history``
======================  ====================================================================

Everything that a person sees is redacted and made harmless once, on its way into a sheet. Printers
do not import each other.
"""
