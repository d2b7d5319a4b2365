"""The pages of the people who run the service, behind their sign-in."""
