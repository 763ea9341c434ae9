"""From a document to a file: HTML, PDF, Markdown; from a result's rows to CSV and Parquet."""
