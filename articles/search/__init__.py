"""Full-text search in Chinese and English, on MySQL, MariaDB and SQLite alike."""
