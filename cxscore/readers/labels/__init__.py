"""Labels by people, from the files review teams have: sheets, JSON Lines, other systems' forms.

Understood: CSV and TSV, JSON Lines, .xlsx (one answer a row, or one conversation a row with a
column for each criterion), Intercom conversations with ``scorecards``, Amazon Connect evaluations
and Google Cloud quality-AI answers (JSON).
"""

from cxscore.readers.labels.answers import Answer, Loss, Unmapped
from cxscore.readers.labels.label_map import LabelMap, load_map
from cxscore.readers.labels.reading import LabelFile, read_labels

__all__ = ["Answer", "LabelFile", "LabelMap", "Loss", "Unmapped", "load_map", "read_labels"]
