"""Knowledge bases: a folder of Markdown, text, HTML and help-centre JSON becomes articles."""

from cxscore.readers.knowledge.base import knowledge_base
from cxscore.readers.knowledge.check import check_articles, check_folder
from cxscore.readers.knowledge.folder import read_articles
from cxscore.readers.rubrics.finding import Finding

__all__ = ["Finding", "check_articles", "check_folder", "knowledge_base", "read_articles"]
