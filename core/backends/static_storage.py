"""Static files whose names are made from their content, also in the imports of JavaScript modules."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):
    # Otherwise a module is imported by a name without a hash, and a browser may keep the old one.
    support_js_module_import_aggregation = True
