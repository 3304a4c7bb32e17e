import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from accounts.permission_names import permission_name
from articles.models import Article

pytestmark = pytest.mark.django_db
PATHS = ["/admin/auth/group/add/", "/admin/accounts/user/{}/change/"]


@pytest.mark.parametrize("path", PATHS)
def test_admin_names_permissions_in_chinese(dana, dana_client, path):
    page = dana_client.get(
        path.format(dana.pk), headers={"accept-language": "zh-CN"}
    ).content.decode()
    assert "文章 | 文章 | 可以添加文章" in page
    assert "Can add" not in page


def test_permission_of_ones_own_keeps_its_name():
    kind = ContentType.objects.get_for_model(Article)
    own = Permission(codename="feature_article", name="Can feature articles", content_type=kind)
    with translation.override("zh-hans"):
        assert permission_name(own) == "Can feature articles"


def test_permission_of_a_removed_model_keeps_its_name():
    gone = ContentType.objects.create(app_label="gone", model="thing")
    old = Permission(codename="add_thing", name="Can add thing", content_type=gone)
    assert permission_name(old) == "Can add thing"
