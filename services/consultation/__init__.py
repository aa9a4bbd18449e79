"""Consultation: programmes, calls, questions, documents, submissions, analysis, reports, publication."""
