"""Chat models over the providers' own SDKs, with one owner of retries and rates.

An *endpoint* makes one attempt at one ask and knows one wire format. ``PacedModel`` owns everything
around it: retries, pacing, the cap on asks in flight, and the record of every attempt.
"""
