"""Judged conversations as Arrow tables and Parquet files, with the same columns in both.

A column marked as *words* holds what people said or wrote (or what names them); erasure empties
exactly those and leaves every number.
"""

from cxscore.export.arrow import arrow_schema, arrow_table
from cxscore.export.columns import TABLES, Column
from cxscore.export.parquet import forget, parquet_files, write_parquet
from cxscore.export.parts import left_behind
from cxscore.export.rows import (
    Row,
    action_rows,
    claim_rows,
    conversation_row,
    label_row,
    score_rows,
)

__all__ = [
    "TABLES",
    "Column",
    "Row",
    "action_rows",
    "arrow_schema",
    "arrow_table",
    "claim_rows",
    "conversation_row",
    "forget",
    "label_row",
    "left_behind",
    "parquet_files",
    "score_rows",
    "write_parquet",
]
