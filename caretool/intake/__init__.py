"""Files from outside become typed records or rejects; nothing here touches the database."""
