"""The first tables, as Tortoise wrote them from models/."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.accounts import Role
from models.conversations import Side
from models.messages import MessageKind
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Structure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=200)),
                ('territory', fields.CharField(description='Department code (INSEE), e.g. 75, 2A, 971.', max_length=10)),
                ('time_zone', fields.CharField(description='IANA zone, e.g. Indian/Reunion.', max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'structures', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A place that accompanies: local mission, agency (fr : structure).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Account',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('role', fields.CharEnumField(description='BENEFICIARY: BENEFICIARY\nADVISOR: ADVISOR\nSUPPORT: SUPPORT\nINTEGRATOR: INTEGRATOR', enum_type=Role, max_length=12)),
                ('first_name', fields.CharField(max_length=100)),
                ('last_name', fields.CharField(max_length=100)),
                ('display_name', fields.CharField(max_length=201)),
                ('email', fields.CharField(null=True, max_length=254)),
                ('issuer', fields.CharField(null=True, description='Who vouches for `subject`; null for integrators.', max_length=300)),
                ('subject', fields.CharField(null=True, description='Stable identifier at the issuer; the e-mail never is.', max_length=255)),
                ('structure', fields.ForeignKeyField('models.Structure', source_field='structure_id', null=True, db_constraint=True, to_field='id', related_name='accounts', on_delete=OnDelete.RESTRICT)),
                ('advisor', fields.ForeignKeyField('models.Account', source_field='advisor_id', null=True, db_constraint=True, to_field='id', related_name='portfolio', on_delete=OnDelete.RESTRICT)),
                ('time_zone', fields.CharField(null=True, description="IANA zone of a beneficiary; null: the structure's.", max_length=64)),
                ('feed_seq', fields.BigIntField(db_default=0)),
                ('activated_at', fields.DatetimeField(null=True, description='First sign-in.', auto_now=False, auto_now_add=False)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'accounts', 'app': 'models', 'unique_together': (('issuer', 'subject'),), 'indexes': [Index(fields=['advisor_id', 'id'])], 'pk_attr': 'id', 'table_description': 'Whoever can sign in; `feed_seq` is the number of the last entry of its feed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ApiKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='api_keys', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=100)),
                ('hash', fields.CharField(unique=True, description='SHA-256 of the whole key, hex; it has 256 random bits, so no salt.', max_length=64)),
                ('scopes', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('last_used_on', fields.DateField(null=True)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_keys', 'app': 'models', 'pk_attr': 'id', 'table_description': "An integrator's key: only its SHA-256 is stored."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Conversation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('beneficiary', fields.OneToOneField('models.Account', source_field='beneficiary_id', db_constraint=True, to_field='id', related_name='conversation', on_delete=OnDelete.RESTRICT)),
                ('last_seq', fields.IntField(db_default=0)),
                ('last_beneficiary_seq', fields.IntField(db_default=0)),
                ('last_message_id', fields.UUIDField(null=True)),
                ('last_message_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('beneficiary_read_seq', fields.IntField(db_default=0)),
                ('beneficiary_read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('beneficiary_unread', fields.IntField(db_default=0)),
                ('advisor_read_seq', fields.IntField(db_default=0)),
                ('advisor_read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('advisor_unread', fields.IntField(db_default=0)),
                ('awaiting_reply_from', fields.CharEnumField(null=True, description='BENEFICIARY: BENEFICIARY\nADVISOR: ADVISOR', enum_type=Side, max_length=12)),
                ('awaiting_reply_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('flagged', fields.BooleanField(db_default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'conversations', 'app': 'models', 'pk_attr': 'id', 'table_description': 'Counters are kept by the services: `last_seq` messages in all, `last_beneficiary_seq` of them by the beneficiary.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Message',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('conversation', fields.ForeignKeyField('models.Conversation', source_field='conversation_id', db_constraint=True, to_field='id', related_name='messages', on_delete=OnDelete.CASCADE)),
                ('seq', fields.IntField()),
                ('beneficiary_seq', fields.IntField()),
                ('author', fields.ForeignKeyField('models.Account', source_field='author_id', db_constraint=True, to_field='id', related_name='messages', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(description='TEXT: TEXT\nSYSTEM: SYSTEM\nSHARED: SHARED', enum_type=MessageKind, max_length=8)),
                ('body', fields.TextField(null=True, description='Null once deleted.', unique=False)),
                ('client_id', fields.UUIDField(null=True)),
                ('about_kind', fields.CharField(null=True, max_length=32)),
                ('about_id', fields.UUIDField(null=True)),
                ('sent_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('edited_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('deleted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'messages', 'app': 'models', 'unique_together': (('conversation', 'seq'), ('author', 'client_id')), 'pk_attr': 'id', 'table_description': "`seq` is gapless per conversation; `beneficiary_seq` counts the beneficiary's messages up to this one."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MessageRevision',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('message', fields.ForeignKeyField('models.Message', source_field='message_id', db_constraint=True, to_field='id', related_name='revisions', on_delete=OnDelete.CASCADE)),
                ('body', fields.TextField(unique=False)),
                ('replaced_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'message_revisions', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A text that an edit or a deletion replaced.'},
            bases=['Model'],
        ),
    ]
