"""The people who run the service: their accounts, how they sign in, what each may do, and what each has done."""
