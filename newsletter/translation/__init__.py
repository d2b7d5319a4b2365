"""Both languages: the engines, and the memory that lets each text be translated once for all readers for ever."""
