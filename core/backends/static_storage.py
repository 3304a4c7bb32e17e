"""Static files with hashes in their names, which the imports of JavaScript modules have too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    # Otherwise a module is imported by a name without a hash, and a browser may keep the old one.
    support_js_module_import_aggregation = True
