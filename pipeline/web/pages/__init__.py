"""The steps of the page, a module each: drop, understood, correct, confirm, progress; past runs and exports beside."""
