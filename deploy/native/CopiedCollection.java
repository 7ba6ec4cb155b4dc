import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;

/**
 * A collection that hands out copies. The server changes a document in its place, field by field, and writes answers
 * after it let go of the collection: a reader could get half of one version and half of the next, or no answer at all.
 * One level deep is enough: what is in a field is replaced, never changed.
 */
final class CopiedCollection extends H2Collection {
    CopiedCollection(
        MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> documents,
        MVMap<String, Object> meta, CursorRegistry cursors) {
        super(database, name, options, documents, meta, cursors);
    }

    @Override
    protected Document getDocument(Object position) {
        Document stored = super.getDocument(position);
        return stored == null ? null : stored.clone();
    }

    @Override
    protected Stream<DocumentWithPosition<Object>> streamAllDocumentsWithPosition() {
        return super.streamAllDocumentsWithPosition()
            .map(each -> new DocumentWithPosition<>(each.getDocument().clone(), each.getPosition()));
    }

    @Override
    protected QueryResult matchDocuments(
        Document query, Document orderBy, int skipped, int limit, int batch, Document fields) {
        if (isNaturalDescending(orderBy)) {
            return super.matchDocuments(query, orderBy, skipped, limit, batch, fields);
        }
        Stream<Document> all = streamAllDocumentsWithPosition().map(DocumentWithPosition::getDocument);
        return matchDocumentsFromStream(all, query, orderBy, skipped, limit, batch, fields);
    }

    /** It would be written anew with each write, and nobody asks. */
    @Override
    protected boolean tracksDataSize() {
        return false;
    }
}
