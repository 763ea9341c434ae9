"""The report's sections: each takes the evidence and returns one ``Section``, or None where there is nothing to say."""
