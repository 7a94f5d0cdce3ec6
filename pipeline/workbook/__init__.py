"""What a workbook is inside: parts and sheets of an .xlsx, a child that reads older kinds, marks laid over cells."""
