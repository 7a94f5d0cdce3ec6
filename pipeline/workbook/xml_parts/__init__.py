"""The XML of a workbook's large parts, taken apart as a stream: rows of a sheet, plain cells, shared texts."""
