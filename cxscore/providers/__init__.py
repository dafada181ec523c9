"""Chat models over the providers' own SDKs, with one owner of retries and rates.

An *endpoint* makes one attempt at one ask and knows one wire format. ``PacedModel`` owns what is
around it: retries, pacing, the bound on asks in flight, the record of every attempt. ``Providers``
opens models by name and shares what is to be shared.
"""
