"""What can be asked: types, inputs, results, root fields, descriptions; schema.graphql is the snapshot."""
