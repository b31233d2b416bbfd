package writer

import "dragoman/pipeline"

// The closed word lists of a document. A test holds them, and the schema's,
// against the constants of package pipeline.

func kinds() []pipeline.Kind {
	return []pipeline.Kind{
		"", pipeline.Dateline, pipeline.Headline, pipeline.Keywords, pipeline.Lead, pipeline.Paragraph, pipeline.Heading,
		pipeline.Quote, pipeline.ListItem, pipeline.TableRow, pipeline.Caption, pipeline.Boilerplate,
	}
}

func editStates() []pipeline.EditState {
	return []pipeline.EditState{pipeline.Applied, pipeline.Proposed, pipeline.Accepted, pipeline.Rejected}
}

func states() []pipeline.State {
	return []pipeline.State{pipeline.Initial, pipeline.Translated, pipeline.Reviewed, pipeline.Final, pipeline.Kept, pipeline.Failed}
}

func sides() []pipeline.Side {
	return []pipeline.Side{"", pipeline.SourceSide, pipeline.TargetSide}
}

func products() []pipeline.Product {
	return []pipeline.Product{pipeline.SummaryHeadline, pipeline.SummaryLead, pipeline.KeyPoint, pipeline.Short, pipeline.Long}
}

func authors() []pipeline.Author {
	return []pipeline.Author{"", pipeline.AIAutonomous, pipeline.AIAssisted, pipeline.Pseudo, pipeline.Authored}
}
