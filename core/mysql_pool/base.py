"""Django loads this for ENGINE "core.mysql_pool": the class that INKPOOL_POOL_WRAPPER names."""

from django.utils.module_loading import import_string

from core.mysql_pool.pool_settings import pool_setting

DatabaseWrapper = import_string(pool_setting("INKPOOL_POOL_WRAPPER"))
