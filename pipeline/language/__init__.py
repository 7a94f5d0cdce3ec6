"""The languages a person may read: what is said in the code is English, the catalogue has it in Spanish."""
