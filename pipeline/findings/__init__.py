"""What is told of rows: findings composed from broken rules, the problems file, the rejects, the marked workbook."""
