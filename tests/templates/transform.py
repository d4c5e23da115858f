"""Prints what AWS SAM makes of a template, as JSON. Its translator is the one that CloudFormation runs."""

import json
import os
import sys

os.environ.setdefault('AWS_DEFAULT_REGION', 'us-east-1')

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

with open(sys.argv[1], encoding='utf-8') as file:
    template = yaml_parse(file.read())
for resource in template['Resources'].values():
    # As `sam package` does: the translator sees code that has been uploaded.
    if resource['Type'] == 'AWS::Serverless::Function':
        resource['Properties']['CodeUri'] = 's3://bucket/code.zip'
template.get('Globals', {}).get('Function', {}).pop('CodeUri', None)
print(json.dumps(Translator({}, Parser()).translate(template, {})))
