from threading import Thread

import pymysql
from dbutils.pooled_db import PooledDB

SERVER = {"host": "127.0.0.1", "user": "root", "password": "1234", "database": "cnblogs"}
POOL = PooledDB(creator=pymysql, maxconnections=6, mincached=2, blocking=True, **SERVER)
answers = []


def task():
    conn = POOL.connection()
    cursor = conn.cursor()
    cursor.execute("select sleep(0.2)")
    answers.append(cursor.fetchall())
    conn.close()


threads = [Thread(target=task) for _ in range(10)]
for each in threads:
    each.start()
for each in threads:
    each.join()
