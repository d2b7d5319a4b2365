"""The words by which the mail servers of the world tell a cause.

Regular expressions on text in lower case, without addresses, hosts, paths and codes; each begins at a word. Every gap is
bounded, so that searching stays linear. The languages beside English are those of the large providers.
"""
